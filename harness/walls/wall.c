/* A room with all its objects and only what it may use: a call through a wall does not link. */
int main(void) {
    return 0;
}
