"""The help desk: who asks, what about, and the application that answers."""
