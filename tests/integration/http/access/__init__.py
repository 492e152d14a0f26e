"""Who may do what, over every route: the table, the world it is asked in, and the asking."""
