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


PAGE = 20


def forms(owner: str, limit: int, after: str | None) -> list[list[str]]:
    size: int = min(limit, 100)
    extended: list[str] = [owner]
    extended.extend([owner, limit + 1])  # CKF115
    summed: list[str] = [owner]
    summed += [size]  # CKF115
    begun: list[str] = [owner, limit]  # CKF115
    inserted: "list[str]" = [owner]
    inserted.insert(0, PAGE)  # CKF115
    chosen: list[str] = []
    chosen.append(limit if limit > 0 else PAGE)  # CKF115
    walrus: list[str] = []
    if (more := limit * 2) > 2:
        walrus.append(more)  # CKF115
    fine: list[str] = [owner, str(limit), f"{limit}"]
    fine.extend([str(size), owner])
    fine += [after or ""]
    fine.extend(str(number) for number in range(limit))
    return [extended, summed, begun, inserted, chosen, walrus, fine]


def handed(params: list[str], limit: int, names: list[int]) -> None:
    params.append(limit)  # CKF115
    names.append(limit)


def shadowing(PAGE: str) -> list[str]:
    params: list[str] = []
    params.append(PAGE)
    values: list[object] = [PAGE]
    values.append(1)
    return params
