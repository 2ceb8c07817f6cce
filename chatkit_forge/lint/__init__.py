"""Rules for hand-written ChatKit code, and the engine that runs them in one visit a file."""
