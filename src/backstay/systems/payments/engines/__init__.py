"""Payment providers: the mock that works at once, and Stripe."""
