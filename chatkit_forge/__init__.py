"""Write, check and prove stores and servers for OpenAI's ChatKit."""

__version__ = "0.1.0"
