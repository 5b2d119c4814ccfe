"""Where submissions run: a warm parent inside bubblewrap that forks a candidate for each of them, and another
where one had to be ended.

What is promised, on Linux 5.14 or newer with bubblewrap: a submission sees a read-only system, Python's
packages, the course's package and data, and an empty folder of its own, and nothing else of the machine: no
home, no class, no other submission, no network, no process but its own. It has no privileges, cannot get any,
and cannot use more memory, files, processes or CPU time than `Limits` say, nor sleep longer; when it ends, all of
its processes end and its files are gone. Nothing that the grader opens, writes or connects to by a name can be put
there by a submission; when a submission crashes, no program is started outside. What it prints and answers is
bounded plain data.

How use is measured: where a cgroup can be had (root, or systemd's delegation), by a cgroup for each submission,
which counts the time of every process and all memory, that of the kernel on its behalf included. Elsewhere CPU
time is told by a counter that processes inherit, or, where the system keeps that to itself, nobody may ignore the
end of children, whose time would be forgotten; memory is read from the processes, with what waits in sockets,
tables of pages, and pieces that are shared, and calls that give memory to nobody are refused.

What is not promised: protection from faults of the Linux kernel itself, and from measuring the machine (a
submission can see how many processors there are, or how busy they are). Use is measured several times a second, so
that a submission may exceed its limits for a moment. Without a cgroup small things that the kernel keeps for
processes are bounded but not counted: watches of `epoll` (the kernel itself holds them to a twenty-fifth of the
memory), full pipes (64 MB), file locks and lists of mappings.
"""
