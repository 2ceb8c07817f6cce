"""Real database servers for the tests: got, started, used and stopped without containers.

`python -m tests.servers [--only postgres,mysql] -- COMMAND` is the way in; `urls.url(name)` is
what a test asks. One module a server, each with `obtain()` and `start(folder, processes)`.
"""
