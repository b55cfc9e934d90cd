#pragma once
// cli: one file per sub-command; flags are parsed in one file.
