"""`python -m chatproject` is the command `chat`."""

from chatproject.command_line import main

main()
