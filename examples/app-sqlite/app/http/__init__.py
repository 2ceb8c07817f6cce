"""The application over HTTP: who is asking, what may be asked, and how it is answered."""
