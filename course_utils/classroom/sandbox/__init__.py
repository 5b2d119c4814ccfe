"""Where submissions run: a warm parent inside bubblewrap that forks a candidate for each of them, and another
where one had to be ended.

What is promised, on Linux 5.14 or newer with bubblewrap: a submission sees a read-only system, Python's
packages, the course's package and data, and an empty folder of its own, and nothing else of the machine: no
home, no class, no other submission, no network, no process but its own. It has no privileges, cannot get any,
and cannot use more memory, files, processes or CPU time than `Limits` say; when it ends, all of its processes
end and its files are gone. Memory that belongs to no process (what waits in sockets, tables of pages) counts,
too. What it prints and answers is bounded plain data.

What is not promised: protection from faults of the Linux kernel itself, and from measuring the machine (a
submission can see how many processors there are, or how busy they are). The memory of processes is measured
several times a second, so that a submission may exceed its limit for a moment.
"""
