"""The desk: the staff's page, over the same functions as the command line."""
