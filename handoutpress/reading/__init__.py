"""Text -> frozen, checked models. Nothing here lays out, prints or reaches the network."""
