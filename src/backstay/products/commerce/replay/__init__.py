"""Replay: invoices of another time and another program become orders, payments, refunds and stock here.

A command reads a file of invoice lines as shops have them, dirty as it is. It promises:

- every line is taken, or told of with its reason; none is dropped in silence;
- every invoice and every month comes to what the file says, to the penny, and `--check` compares them;
- a replay that is killed goes on where it was, and nothing is there twice or missing.

Its limits: one form of file, without taxes; deliveries and delivery dates, which invoices do not tell, are
supposed (goods lay there when they left) or left open (nothing is called delivered).
"""
