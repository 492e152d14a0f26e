"""The queue: a Redis stream that carries word of outbox rows to workers."""
