#pragma once
// base: results, time, chance, histogram, JSON, hashes, parameter tables, limits and hand-off structs. No system calls.
