from chatkit.types import ThreadMetadata

KEPT = ThreadMetadata


def query(owner: str, limit: int, after: str | None) -> list[str]:
    params: list[str] = [owner]
    if after:
        params.append(after)
    params.append(limit)  # CKF115
    params.append(limit + 1)  # CKF115
    params.append(str(limit))
    return params


def mixed(owner: str, limit: int) -> list[str | int]:
    params: list[str | int] = [owner]
    params.append(limit)
    return params


def converted(limit: int) -> list[str]:
    limit = str(limit)
    params: list[str] = []
    params.append(limit)
    params.append(len(params))  # CKF115
    return params
