"""One module a rule, found by the engine: there is no registry to edit."""
