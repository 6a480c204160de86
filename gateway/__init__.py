"""Move: sockets, processes, threads, the clock and the command line.  The only room that knows all others."""
