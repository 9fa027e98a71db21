"""What runs passes: connections, the loop, ``--wait``, the follow-up of ``get -w``; metrics and health."""
