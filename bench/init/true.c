/* The program that every start ends in: it does nothing. */
int main(void) {
    return 0;
}
