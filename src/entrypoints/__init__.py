"""Where the world comes in: settings, container, HTTP, worker, command line."""
