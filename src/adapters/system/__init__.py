"""What the machine itself gives: time and new ids."""
