"""What `new app` writes at the root of a project."""
