"""The story of the schema, one idea per step."""
