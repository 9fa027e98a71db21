"""One pass: :mod:`vpsync.reconcile.run` tells it, :mod:`~vpsync.reconcile.apply` and
:mod:`~vpsync.reconcile.publish` write. The only room that joins both edges."""
