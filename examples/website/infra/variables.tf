variable "endpoint" {
  description = "Address of Poolhouse, such as http://localhost:9500; empty for AWS."
  type        = string
  default     = ""
}

variable "region" {
  description = "Region of the pool; on Poolhouse a part of its id."
  type        = string
  default     = "eu-west-1"
}

variable "name" {
  description = "Name of the user pool."
  type        = string
  default     = "lido"
}

variable "domain_prefix" {
  description = "Prefix of the hosted sign-in pages' address; on AWS unique among all customers of a region."
  type        = string
  default     = "lido-website"
}

variable "website_url" {
  description = "Origin of the website, where users come back to; https, except on localhost."
  type        = string
  default     = "http://localhost:9501"
}

variable "auto_confirm_arn" {
  description = "Lambda function called before each sign-up; null takes functions/auto-confirm.js on Poolhouse and none on AWS."
  type        = string
  default     = null
}
