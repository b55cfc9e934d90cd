#pragma once
// sign: DSSE envelopes, in-toto statements and keys.
