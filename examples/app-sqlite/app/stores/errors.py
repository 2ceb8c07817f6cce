"""What a store raises beside NotFoundError, PermissionError and ValueError."""


class StoreUnavailable(Exception):
    """Report a database that is down, too slow, too busy, or that refused the login."""


class StoreSchemaError(Exception):
    """Report tables that this store did not make, or whose version it does not know."""
