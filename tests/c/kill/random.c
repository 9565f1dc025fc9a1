/* Numbers by chance, the same ones for the same seed (splitmix64). */
#include "kill.h"

uint64_t next_random(struct random *random)
{
  uint64_t mixed = random->state += UINT64_C(0x9E3779B97F4A7C15);

  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
  return mixed ^ (mixed >> 31);
}

struct random random_of(uint64_t seed, uint64_t first, uint64_t second)
{
  struct random random = {seed};

  random.state = next_random(&random) ^ first;
  random.state = next_random(&random) ^ second;
  return random;
}

uint64_t below(struct random *random, uint64_t end)
{
  return next_random(random) % end;
}
