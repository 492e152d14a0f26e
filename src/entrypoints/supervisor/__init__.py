"""`analisa up`: the servers and the roles as children of one small program that keeps them running and stops them."""
