"""Where codes by SMS leave: the console's outbox, which keeps them, and Twilio."""
