"""Statements of the rate limits: policies that were changed, and what the limits did."""
