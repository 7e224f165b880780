"""A module that sends mails, for the tests of the mail system."""
