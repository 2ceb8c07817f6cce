"""The search as its users meet it: real processes, real HTTP, kills and locks."""
