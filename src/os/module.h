#pragma once
// os: reactor, sockets, processes, files, clock and entropy, with simulated twins. The only system calls, with sandbox.
