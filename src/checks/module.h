#pragma once
// checks: judging functions, one file each, in a folder per checkpoint.
