"""What we saw: dated observations, and the rules by which a file becomes observations."""
