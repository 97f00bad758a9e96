"""What a careful editor stops before anyone prints it."""
