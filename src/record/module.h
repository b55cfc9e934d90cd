#pragma once
// record: observations, their kinds, the hash chain, encoder and reader of the run log.
