"""The HTTP application as a user gets it: generated, run by a real uvicorn, asked over sockets."""
