"""A sheet made again at each save, and shown in a browser."""
