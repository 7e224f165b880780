"""`python -m backstay`, where the command is not on the path."""

from backstay.cli import main

main()
