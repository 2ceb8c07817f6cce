"""What searching and ingesting raise; each message is one line, fit for a log and a terminal."""


class SearchError(Exception):
    """Say why the lessons cannot be searched or written."""


class SearchUnavailableError(SearchError):
    """Report that Qdrant or the embedding service is down, busy, or refused the key."""


class WrongCollectionError(SearchError):
    """Report a collection that is missing, or that another program or embedder has made."""


class WrongSettingError(SearchError, ValueError):
    """Report settings that cannot work, so that a start ends with one line."""


class UnknownPlaceError(SearchError):
    """Report a strict scope without the chapter or lesson that it asks for."""
