#pragma once
// facts: the fold of the log, and the pure procedure that decides cells.
