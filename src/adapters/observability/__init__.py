"""How the program shows what it does: log lines, metrics, health."""
