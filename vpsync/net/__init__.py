"""What both edges share about HTTP: limits, deadlines, retries, causes in words, one hook per request.

The two edges have different clients, ``requests`` for VVP and the library of Kubernetes for a cluster, and
both of these send by ``urllib3``. So the limits are put there, under either client:

::

    Sender.repeated       retry: again where that may help, as long as the deadline leaves time
      Sender.once         exchange: one request, its body bounded, told to the hook
        <the edge's own client>
          limited pool    pools: the method and the start of each request, a fresh connection for a write,
                          no write once the Lease of the run may be somebody else's
            LimitedBytes  sockets: no read waits longer than the request, the pass or a signal lets it
"""
