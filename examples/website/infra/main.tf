# The user pool of the website: pool, domain, client, group and a trigger that confirms new users at once.
# With `endpoint` set it is applied to Poolhouse, without it to AWS; nothing else differs.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

locals {
  on_poolhouse = var.endpoint != ""
  endpoint     = trimsuffix(var.endpoint, "/")

  # A Lambda ARN on Poolhouse names a file of its functions folder. On AWS a function must exist before it can be named.
  auto_confirm = (
    var.auto_confirm_arn != null ? var.auto_confirm_arn :
    local.on_poolhouse ? "arn:aws:lambda:${var.region}:000000000000:function:auto-confirm" : null
  )
}

# Poolhouse takes its access keys where AWS does: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
provider "aws" {
  region                      = var.region
  skip_credentials_validation = local.on_poolhouse
  skip_metadata_api_check     = local.on_poolhouse
  skip_requesting_account_id  = local.on_poolhouse

  dynamic "endpoints" {
    for_each = local.on_poolhouse ? [local.endpoint] : []
    content {
      cognitoidp = endpoints.value
    }
  }
}

resource "aws_cognito_user_pool" "pool" {
  name                     = var.name
  alias_attributes         = ["email"]
  auto_verified_attributes = ["email"]

  username_configuration {
    case_sensitive = false
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  dynamic "lambda_config" {
    for_each = local.auto_confirm == null ? [] : [local.auto_confirm]
    content {
      pre_sign_up = lambda_config.value
    }
  }
}

# AWS asks the function's permission before it calls; Poolhouse runs what is in its own folder.
resource "aws_lambda_permission" "auto_confirm" {
  count         = !local.on_poolhouse && local.auto_confirm != null ? 1 : 0
  action        = "lambda:InvokeFunction"
  function_name = local.auto_confirm
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.pool.arn
}

resource "aws_cognito_user_pool_domain" "domain" {
  domain       = var.domain_prefix
  user_pool_id = aws_cognito_user_pool.pool.id
}

# A public client: the front end does the whole flow, so there is no secret, and PKCE takes its place.
resource "aws_cognito_user_pool_client" "client" {
  name            = "website"
  user_pool_id    = aws_cognito_user_pool.pool.id
  generate_secret = false

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile"]
  callback_urls                        = ["${local.website}/"]
  logout_urls                          = ["${local.website}/"]
  supported_identity_providers         = ["COGNITO"]

  # The hosted pages sign users in; the API needs to do no more than renew.
  explicit_auth_flows           = ["ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # Short access tokens, since offline checks do not notice revocation; the refresh token is how long a login lasts.
  access_token_validity  = 15
  id_token_validity      = 15
  refresh_token_validity = 30
  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_group" "members" {
  name         = "members"
  description  = "Shown on the website, and in the tokens as cognito:groups"
  user_pool_id = aws_cognito_user_pool.pool.id
  precedence   = 10
}
