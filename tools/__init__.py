"""Commands for people who work on fieldsvc; nothing here is part of the installed program."""
