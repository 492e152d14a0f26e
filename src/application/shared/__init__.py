"""What every use case needs: who asks, which organisation, which request."""
