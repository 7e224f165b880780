"""Where mails leave: the console's outbox, which keeps them, and SMTP."""
