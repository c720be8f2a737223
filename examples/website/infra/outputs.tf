locals {
  website = trimsuffix(var.website_url, "/")
}

output "user_pool_id" {
  value = aws_cognito_user_pool.pool.id
}

output "client_id" {
  description = "CLIENT_ID of the website."
  value       = aws_cognito_user_pool_client.client.id
}

output "issuer" {
  description = "ISSUER of the website."
  value = (
    local.on_poolhouse
    ? "${local.endpoint}/${aws_cognito_user_pool.pool.id}"
    : "https://cognito-idp.${var.region}.amazonaws.com/${aws_cognito_user_pool.pool.id}"
  )
}

output "domain" {
  description = "DOMAIN of the website."
  value = (
    local.on_poolhouse
    ? "${local.endpoint}/domains/${aws_cognito_user_pool_domain.domain.domain}"
    : "https://${aws_cognito_user_pool_domain.domain.domain}.auth.${var.region}.amazoncognito.com"
  )
}
