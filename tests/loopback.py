"""HTTP to this machine, which nobody vouches for: reading all who could takes a client 30 ms.

No https: there is nobody it would trust.
"""

import functools
import ssl

import httpx

_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Client = functools.partial(httpx.Client, verify=_NOBODY)
get = functools.partial(httpx.get, verify=_NOBODY)
post = functools.partial(httpx.post, verify=_NOBODY)
put = functools.partial(httpx.put, verify=_NOBODY)
options = functools.partial(httpx.options, verify=_NOBODY)
request = functools.partial(httpx.request, verify=_NOBODY)
