"""What `<< name >>` stands for in the templates that are not Python."""

from collections.abc import Mapping

from .install import development, example_url, requirements
from .options import AppOptions, Options, ServerOptions, StoreOptions, server_of, store_of


def variables(options: Options) -> Mapping[str, object]:
    """Return every variable with its value; the backend of a store by hand is unknown."""
    store, server = store_of(options), server_of(options)
    backend = store.backend if store else server.backend if server else None
    return {
        "name": options.name if isinstance(options, AppOptions) else options.project.name,
        "package": options.package.import_name,
        "package_folder": str(options.package.folder),
        "import_root": str(options.package.import_root),
        "backend": backend or "",
        "database_url": (example_url(store.backend) or "") if store else "",
        "tests": options.tests,
        "table_prefix": options.table_prefix,
        "store_class": _store_class(options),
        "server_class": server.class_name if server else "",
        "dependencies": requirements(options),
        "dev_dependencies": development(options),
    }


def _store_class(options: Options) -> str:
    match options:
        case StoreOptions(class_name=name):
            return name
        case ServerOptions(store=store) | AppOptions(server=ServerOptions(store=store)):
            return store.name
