"""Requests: limits, security, parameters, and what carries one out."""
